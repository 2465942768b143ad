"""The queue of jobs in a database: how it is made, how a transaction defers a job, and how a worker takes them.

Jobs lie in Procrastinate's tables, in the schema `queue`. Requests put jobs in by one function only, which names the
tenant itself; the worker's role alone reads and changes them.
"""

from db.queue.deferring import defer
from db.queue.installing import SCHEMA, install_queue, queue_ddl
from db.queue.tasks import Ids, Scheduled, Task, TenantTask
from db.queue.working import attend

__all__ = [
    "SCHEMA",
    "Ids",
    "Scheduled",
    "Task",
    "TenantTask",
    "attend",
    "defer",
    "install_queue",
    "queue_ddl",
]
