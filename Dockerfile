# One image for every process; compose.yaml says which command each container runs.
FROM python:3.11-slim-bookworm

ENV PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    STAMMKUNDE_VAR=/srv/var \
    STATIC_ROOT=/app/staticfiles

RUN useradd --system --uid 10001 --home-dir /srv stammkunde \
    && install --directory --owner stammkunde --mode 0700 /srv/var /srv/var/files

WORKDIR /app
COPY requirements.txt .
RUN pip install --no-cache-dir --require-hashes -r requirements.txt

COPY . .
# The key is only for this step and stays in no file; the real one comes from the environment.
RUN SECRET_KEY=build python manage.py messages --compile \
    && SECRET_KEY=build python manage.py collectstatic --no-input --verbosity 0

USER stammkunde
VOLUME /srv/var
EXPOSE 8000
STOPSIGNAL SIGTERM

CMD ["python", "-m", "granian", "--interface", "wsgi", "--host", "0.0.0.0", "--port", "8000", \
     "--workers", "2", "--blocking-threads", "4", "--respawn-failed-workers", "config.wsgi:application"]
