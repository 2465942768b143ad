"""Performance, as it is public: cycles, objectives with their key results, and what follows from these."""

from db.models.performance import (
    KeyResult,
    KeyResultCheckIn,
    KeyResultMilestone,
    KeyResultTargetChange,
    Okr,
    PerformanceCycle,
)
from resolvers.performance.checking_in import (
    check_in_key_result,
    complete_key_result_milestone,
    reopen_key_result_milestone,
)
from resolvers.performance.cycles import (
    CYCLE_DISCARDED,
    CYCLE_WRITTEN,
    MANAGE,
    calibrate_performance_cycle,
    close_performance_cycle,
    open_performance_cycle,
    release_performance_cycle,
    review_performance_cycle,
)
from resolvers.performance.explaining import explain_okr_progress
from resolvers.performance.faring import expected_progress, health, owner_name, raw_progress
from resolvers.performance.key_results import (
    KEY_RESULT_CHANGED,
    KEY_RESULT_DISCARDED,
    MILESTONE_CHANGED,
    MILESTONE_DISCARDED,
    add_key_result,
    add_key_result_milestone,
    change_key_result_target,
)
from resolvers.performance.live import okr_board
from resolvers.performance.owning import EDIT, READ
from resolvers.performance.reports import okr_alignment_tree, okr_heat_map, overdue_check_ins
from resolvers.performance.setting import (
    OKR_CHANGED,
    OKR_DISCARDED,
    activate_okr,
    align_okr,
    cancel_okr,
    complete_okr,
    create_okr,
)
from resolvers.performance.states import CYCLE, OKR
from schema.derive.declare import Domain, entity

CHANGED = ["update", "delete"]

performance = Domain(
    module="hr",
    entities=[
        entity(
            PerformanceCycle,
            read=READ,
            write=MANAGE,
            created=CYCLE_WRITTEN,
            updated=CYCLE_WRITTEN,
            deleted=CYCLE_DISCARDED,
        ),
        entity(Okr, read=READ, write=EDIT, verbs=CHANGED, updated=OKR_CHANGED, deleted=OKR_DISCARDED),
        entity(
            KeyResult,
            read=READ,
            write=EDIT,
            verbs=CHANGED,
            updated=KEY_RESULT_CHANGED,
            deleted=KEY_RESULT_DISCARDED,
        ),
        entity(
            KeyResultMilestone,
            read=READ,
            write=EDIT,
            verbs=CHANGED,
            listed=False,
            updated=MILESTONE_CHANGED,
            deleted=MILESTONE_DISCARDED,
        ),
        entity(KeyResultCheckIn, read=READ),
        entity(KeyResultTargetChange, read=READ),
    ],
    operations=[
        open_performance_cycle,
        review_performance_cycle,
        calibrate_performance_cycle,
        release_performance_cycle,
        close_performance_cycle,
        create_okr,
        align_okr,
        activate_okr,
        complete_okr,
        cancel_okr,
        add_key_result,
        change_key_result_target,
        add_key_result_milestone,
        check_in_key_result,
        complete_key_result_milestone,
        reopen_key_result_milestone,
    ],
    readings=[okr_heat_map, okr_alignment_tree, overdue_check_ins, explain_okr_progress],
    computed=[health, expected_progress, owner_name, raw_progress],
    watchings=[okr_board],
    machines=[CYCLE, OKR],
)
