# Everything is done by ./stammkunde; this only gives its commands their usual names.
.PHONY: up test lint bench lock

up test lint:
	./stammkunde $@

bench:
	./stammkunde bench $(NAME)

COMPILE = uv pip compile --quiet --universal --python-version 3.11 --generate-hashes

lock:
	$(COMPILE) requirements.in -o requirements.txt
	$(COMPILE) requirements-dev.in -c requirements.txt -o requirements-dev.txt
