"""Taking an answer in: what its content type says of it, and the files that it names."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Final, cast

from sqlalchemy import and_, or_, select

from db.models.files import File, FilePurpose
from db.models.onboarding import OnboardingUpload
from resolvers import ids
from resolvers.context import Context, any_of
from resolvers.files import attach, release
from resolvers.onboarding.completing import Work
from resolvers.onboarding.events import FileUploaded
from resolvers.onboarding.standing import told_of
from resolvers.onboarding.validators import Problem, check_value
from resolvers.refusals import Fact, Refused

FILE: Final = "StoredFile"
USER: Final = "user"
SUBMITTING: Final = ("file.updated", "onboarding.upload.created", "onboarding.file.uploaded")
"""What taking an answer in may emit, where it names files."""


class InvalidAnswer(Refused):
    """The answer is not what the block asks for; `path` leads to the part of it that is wrong."""

    code = "INVALID_INPUT"
    facts: ClassVar[Mapping[str, Fact]] = {"problem": Fact(str, "Says for programs what is wrong, such as REQUIRED.")}


async def drafted(context: Context, work: Work, value: Any) -> dict[str, Any] | None:
    """Return what is wrong with a draft, to be shown beside it; an empty one is not wrong yet."""
    if value is None:
        return None
    problems = check_value(work.block, value, now=context.now, files=await _files_for(context, work, value))
    errors = [{"code": each.code, "message": each.message, "path": list(each.path)} for each in problems]
    return {"errors": errors} if errors else None


async def submitted(context: Context, work: Work, value: Any) -> Any:
    """Return an answer that is in order, its files kept from now on; refuse one that is not, each problem by itself."""
    known = await _files_for(context, work, value)
    problems = check_value(work.block, value, now=context.now, files=known)
    if problems:
        first, *others = map(_refusal, problems)
        first.beside = others
        raise first
    await _keep_files(context, work, {name: file for name, file in known.items() if name in set(_texts(value))})
    return value


def _refusal(problem: Problem) -> Refused:
    return InvalidAnswer(problem.message, path=("value", *problem.path), problem=problem.code)


async def _files_for(context: Context, work: Work, value: Any) -> Mapping[str, File]:
    """Return the files that an answer may name, by their public ids: those for the block, and a colleague's own."""
    named = [row for text in _texts(value) if (row := ids.row_of(text, FILE))]
    theirs = and_(File.uploader_type == USER, File.uploader_id == context.principal.id)
    own = and_(File.id == any_of(named), theirs, File.purpose == FilePurpose.ONBOARDING_ANSWER)
    here = File.id.in_(select(OnboardingUpload.file_id).where(OnboardingUpload.progress_id == work.row.id))
    allowed = or_(here, own) if context.principal.kind == USER else here
    found: Sequence[File] = await context.all(select(File).where(allowed))
    return {ids.encode(FILE, file.id): file for file in found}


async def _keep_files(context: Context, work: Work, named: Mapping[str, File]) -> None:
    """Attach the files that an answer names for the first time, and let go of those that it names no more."""
    mine = select(File).join(OnboardingUpload, OnboardingUpload.file_id == File.id)
    before: Sequence[File] = await context.all(mine.where(OnboardingUpload.progress_id == work.row.id))
    new = [file for file in named.values() if file.attached_at is None]
    wanted = [file.id for file in new]
    await attach(context, wanted, uploader=context.principal, accept=None, max_bytes=None, path=("value",))
    release([file for file in before if file.attached_at and file not in named.values()])
    context.add(*(OnboardingUpload(progress_id=work.row.id, file_id=file.id) for file in new if file not in before))
    for file in new:
        facts = {"content_block_id": work.row.content_block_id, "file_id": file.id}
        await context.publish(FileUploaded(**told_of(work.hire), **facts), work.hire)


def _texts(value: Any) -> Sequence[str]:
    """Return every text in an answer."""
    if isinstance(value, dict):
        return [text for inner in cast("dict[str, Any]", value).values() for text in _texts(inner)]
    if isinstance(value, list):
        return [text for inner in cast("list[Any]", value) for text in _texts(inner)]
    return [value] if isinstance(value, str) else []
