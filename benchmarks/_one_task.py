"""The peer of the books of sending: a Celery application with one task for each message, which does nothing."""

import os

from celery import Celery

app = Celery("one_task", broker=os.environ["ONE_TASK_BROKER"])
app.conf.update(task_ignore_result=True, worker_prefetch_multiplier=64, task_default_queue="bench-one-task")


@app.task
def deliver(_delivery_id: int) -> None:
    pass
