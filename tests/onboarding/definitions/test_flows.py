"""Content types, settings, conditions, templates and frozen revisions, through the API."""

from typing import Any

import pytest

from schema.derive import ids
from tests.onboarding.flows import FlowWorld
from tests.world import CompanyWorld, Person

REVISIONS = """query($id: ID!) { flow(id: $id) { revision status
  revisions(orderBy: [{ number: ASC }]) { totalCount nodes { number name content } } } }"""
ITEMS = {"items": [{"id": "a", "label": "A"}]}


@pytest.fixture
async def flow(flows: FlowWorld) -> FlowWorld:
    return flows


async def revisions(flow: FlowWorld) -> list[dict[str, Any]]:
    return (await flow.hr.ask(REVISIONS, {"id": flow.flow})).data["flow"]["revisions"]["nodes"]


async def add(flow: FlowWorld, **block: Any) -> list[dict[str, Any]]:
    return await flow.do("addContentBlock", stageId=flow.stages[0], **block)


async def test_publishing_freezes_what_editing_does_not_touch(flow: FlowWorld) -> None:
    assert await flow.codes("publishFlow", id=flow.flow) == []
    [first] = await revisions(flow)
    stages = first["content"]["stages"]
    assert [(stage["name"], len(stage["blocks"])) for stage in stages] == [
        (stage.name, 2) for stage in flow.ground.stages
    ]
    assert await flow.codes("editFlow", id=flow.flow) == []
    assert await flow.codes("updateStage", id=flow.stages[0], name="Renamed") == []
    assert await flow.codes("deleteContentBlock", id=flow.blocks(0)[0]) == []
    assert await revisions(flow) == [first]
    assert await flow.codes("publishFlow", id=flow.flow) == []
    before, after = await revisions(flow)
    assert before == first
    assert (after["number"], after["content"]["stages"][0]["name"]) == (2, "Renamed")
    assert len(after["content"]["stages"][0]["blocks"]) == 1


async def test_a_block_of_no_known_type_or_with_unknown_settings_is_refused_at_once(flow: FlowWorld) -> None:
    [unknown] = await add(flow, type="hologram")
    assert (unknown["code"], unknown["path"]) == ("UNKNOWN_CONTENT_TYPE", ["input", "type"])
    [strange] = await add(flow, type="text_input", config={"colour": "red"})
    assert (strange["code"], strange["path"]) == ("INVALID_INPUT", ["input", "config"])
    [wrong] = await flow.do("updateContentBlock", id=flow.blocks(0)[0], config={"pattern": "("})
    assert (wrong["code"], wrong["path"]) == ("INVALID_INPUT", ["input", "config", "pattern"])


async def test_a_draft_may_be_unfinished_and_cannot_be_published_then(flow: FlowWorld) -> None:
    assert await add(flow, type="select") == []
    [refusal] = await flow.do("publishFlow", id=flow.flow)
    assert refusal["code"] == "INVALID_CONFIG"
    assert refusal["message"].startswith(f"In the stage {flow.ground.stages[0].name!r}, block 3: ")
    assert (await flow.see())["status"] == "DRAFT"
    assert await revisions(flow) == []


async def test_what_is_missing_inside_is_asked_for_by_publishing_and_what_is_wrong_at_once(flow: FlowWorld) -> None:
    unfinished = {"questions": [{"text": "Why?"}]}
    assert await add(flow, type="quiz", config=unfinished) == []
    assert await flow.codes("publishFlow", id=flow.flow) == ["INVALID_CONFIG"]
    [wrong] = await add(flow, type="quiz", config={"questions": [{"txt": "Why?"}]})
    assert (wrong["code"], wrong["path"][:2]) == ("INVALID_INPUT", ["input", "config"])


async def test_a_flow_that_somebody_goes_through_is_neither_deleted_nor_archived(flow: FlowWorld) -> None:
    assert await flow.codes("publishFlow", id=flow.flow) == []
    given = {"flowId": flow.flow, "email": "ada@example.com", "firstName": "Ada", "lastName": "Lovelace"}
    hire = (await flow.hr.do("createNewHire", given, "newHire { id }"))["newHire"]["id"]
    assert await flow.codes("deleteFlow", id=flow.flow) == ["FLOW_NOT_DRAFT"]
    assert await flow.codes("archiveFlow", id=flow.flow) == ["IN_USE"]
    assert await flow.codes("editFlow", id=flow.flow) == []
    assert await flow.codes("deleteFlow", id=flow.flow) == ["IN_USE"]
    assert len(await revisions(flow)) == 1
    assert await flow.codes("deleteNewHire", id=hire) == []
    assert await flow.codes("deleteFlow", id=flow.flow) == []


async def test_a_condition_names_an_earlier_block(flow: FlowWorld) -> None:
    first, second = flow.blocks(0)
    for condition in (
        {"block": first},
        {"block": first, "equals": 1, "answered": True},
        {"block": first, "answered": False},
        {"block": "x", "equals": 1},
        {"block": flow.stages[0], "equals": 1},
        {},
    ):
        [refusal] = await flow.do("updateContentBlock", id=second, condition=condition)
        assert refusal["path"][:2] == ["input", "condition"], condition
    assert await flow.codes("updateContentBlock", id=first, condition={"block": second, "equals": "yes"}) == []
    assert await flow.codes("publishFlow", id=flow.flow) == ["INVALID_CONFIG"]
    assert await flow.codes("updateContentBlock", id=first, condition=None) == []
    assert await flow.codes("updateContentBlock", id=second, condition={"block": first, "in": ["a", 1]}) == []
    assert await flow.codes("publishFlow", id=flow.flow) == []
    [revision] = await revisions(flow)
    frozen = revision["content"]["stages"][0]["blocks"][1]["condition"]
    assert frozen == {"block": str(ids.row_of(first, "ContentBlock")), "in": ["a", 1]}


@pytest.mark.parametrize("rule", [{}, {"department": []}, {"colour": ["red"]}, {"country": "DE"}])
async def test_whom_a_stage_is_for_is_said_in_one_shape(flow: FlowWorld, rule: dict[str, Any]) -> None:
    [refusal] = await flow.do("updateStage", id=flow.stages[0], visibleIf=rule)
    assert refusal["path"][:2] == ["input", "visibleIf"]
    assert await flow.codes("updateStage", id=flow.stages[0], visibleIf={"country": ["DE", "AT"]}) == []


async def types(person: Person) -> dict[str, dict[str, Any]]:
    query = "{ contentTypes { name base builtIn isActive displayOnly category config configSchema valueSchema } }"
    return {each["name"]: each for each in (await person.ask(query)).data["contentTypes"]}


async def test_a_companys_own_type_is_listed_used_frozen_and_retired(flow: FlowWorld) -> None:
    admin = await flow.company.person("ADMIN")
    given = {
        "name": "iban",
        "base": "text_input",
        "displayName": "IBAN",
        "defaultConfig": {"max_length": 34},
        "valueSchema": {"type": "string", "pattern": "^[A-Z]{2}[0-9]{2}"},
    }
    made = await admin.do("registerContentType", given, "contentType { name builtIn config displayOnly }")
    assert made["refusals"] == []
    assert made["contentType"] == {"name": "iban", "builtIn": False, "config": {"max_length": 34}, "displayOnly": False}
    assert (await types(flow.hr))["iban"]["base"] == "text_input"
    assert len(await types(flow.hr)) == 22
    assert await add(flow, type="iban", config={"placeholder": "DE.."}) == []
    retired = await admin.do("updateContentType", {"name": "iban", "isActive": False}, "contentType { isActive }")
    assert retired["contentType"] == {"isActive": False}
    assert [each["code"] for each in await add(flow, type="iban")] == ["UNKNOWN_CONTENT_TYPE"]
    [refusal] = await flow.do("publishFlow", id=flow.flow)
    assert (refusal["code"], "'iban' is not active" in refusal["message"]) == ("INVALID_CONFIG", True)
    assert (await admin.do("updateContentType", {"name": "iban", "isActive": True}))["refusals"] == []
    assert await flow.codes("publishFlow", id=flow.flow) == []
    [revision] = await revisions(flow)
    frozen = revision["content"]["stages"][0]["blocks"][2]
    assert (frozen["base"], frozen["config"]) == ("text_input", {"max_length": 34, "placeholder": "DE.."})
    assert frozen["value_schema"] == given["valueSchema"]


@pytest.mark.parametrize(
    ("given", "code", "path"),
    [
        ({"name": "text_input", "base": "text_input"}, "ALREADY_EXISTS", ["input", "name"]),
        ({"name": "Iban!", "base": "text_input"}, "INVALID_INPUT", ["input", "name"]),
        ({"name": "iban", "base": "iban"}, "INVALID_INPUT", ["input", "base"]),
        (
            {"name": "iban", "base": "text_input", "defaultConfig": {"x": 1}},
            "INVALID_INPUT",
            ["input", "defaultConfig"],
        ),
        (
            {"name": "iban", "base": "text_input", "valueSchema": {"type": "text"}},
            "INVALID_INPUT",
            ["input", "valueSchema"],
        ),
        (
            {"name": "iban", "base": "text_input", "valueSchema": {"$ref": "http://127.0.0.1:1/x"}},
            "INVALID_INPUT",
            ["input", "valueSchema"],
        ),
        (
            {"name": "iban", "base": "text_input", "valueSchema": {"pattern": "(?=a)b"}},
            "INVALID_INPUT",
            ["input", "valueSchema"],
        ),
    ],
)
async def test_a_type_that_cannot_be_used_is_refused(
    company: CompanyWorld, given: dict[str, Any], code: str, path: list[str]
) -> None:
    admin = await company.person("ADMIN")
    payload = await admin.do("registerContentType", {"displayName": "x", **given})
    assert [(each["code"], each["path"]) for each in payload["refusals"]] == [(code, path)]


async def test_types_are_the_admins_and_the_companys_own(company: CompanyWorld, other_company: CompanyWorld) -> None:
    hr, admin = await company.person("HR"), await company.person("ADMIN")
    given = {"name": "iban", "base": "text_input", "displayName": "IBAN"}
    refused = await hr.ask(
        "mutation($input: RegisterContentTypeInput!) { registerContentType(input: $input) { refusals { code } } }",
        {"input": given},
    )
    assert refused.codes == ["FORBIDDEN"]
    assert (await admin.do("registerContentType", given))["refusals"] == []
    assert [each["code"] for each in (await admin.do("registerContentType", given))["refusals"]] == ["ALREADY_EXISTS"]
    theirs = await other_company.person("ADMIN")
    assert "iban" not in await types(theirs)
    for name, code in (("iban", "NOT_FOUND"), ("header", "BUILT_IN_TYPE")):
        payload = await theirs.do("updateContentType", {"name": name, "displayName": "y"})
        assert [each["code"] for each in payload["refusals"]] == [code]


async def test_content_can_be_tried_out(hr: Person) -> None:
    query = """query($config: JSON, $value: JSONValue) {
      validateContent(name: "select", config: $config, value: $value) {
      valid problems { code path } } }"""
    options = {"options": [{"value": "m", "label": "M"}]}

    async def tried(config: Any, value: Any) -> Any:
        return (await hr.ask(query, {"config": config, "value": value})).data["validateContent"]

    assert await tried(options, "m") == {"valid": True, "problems": []}
    assert await tried(options, None) == {"valid": True, "problems": []}
    assert await tried(options, "l") == {"valid": False, "problems": [{"code": "NOT_AN_OPTION", "path": ["value"]}]}
    assert await tried({"options": []}, "l") == {
        "valid": False,
        "problems": [{"code": "CONFIG", "path": ["config", "options"]}],
    }
    for strange in ({"a\0": 1}, {"options": "\0"}, {"pattern": "("}):
        found = await tried(strange, "l")
        assert (found["valid"], found["problems"][0]["path"][0]) == (False, "config"), strange
    assert (await hr.ask('{ validateContent(name: "hologram") { valid } }')).data == {"validateContent": None}
    one = '{ contentType(name: "quiz") { displayName config valueSchema } none: contentType(name: "x") { name } }'
    assert (await hr.ask(one)).data["contentType"]["displayName"] == "Quiz"


async def test_a_stage_begins_from_a_template_and_goes_its_own_way(flow: FlowWorld) -> None:
    content = {
        "blocks": [{"type": "header", "content": "Hello"}, {"type": "checklist", "config": ITEMS, "assignee": "it"}]
    }
    given = {
        "name": "Equipment",
        "description": "What you get",
        "type": "TASK",
        "defaultContent": content,
        "defaultConfig": {"due_offset_days": 3, "lock": "free"},
    }
    template = (await flow.hr.do("createStageTemplate", given, "stageTemplate { id }"))["stageTemplate"]["id"]
    fields = "stage { description type dueOffsetDays lock contentBlocks { nodes { type content assignee position } } }"
    asked = {"flowId": flow.flow, "name": "Yours", "templateId": template, "dueOffsetDays": 5}
    made = await flow.hr.do("addStage", asked, fields)
    assert made["refusals"] == []
    blocks = made["stage"].pop("contentBlocks")["nodes"]
    assert made["stage"] == {"description": "What you get", "type": "TASK", "dueOffsetDays": 5, "lock": "FREE"}
    assert [(each["type"], each["assignee"], each["position"]) for each in blocks] == [
        ("header", "NEW_HIRE", 0),
        ("checklist", "IT", 1),
    ]
    assert (await flow.hr.do("deleteStageTemplate", {"id": template}))["refusals"] == []


@pytest.mark.parametrize(
    "given",
    [
        {"defaultContent": {"blocks": [{"type": "hologram"}]}},
        {"defaultContent": {"blocks": [{"type": "text_input", "config": {"x": 1}}]}},
        {"defaultContent": {"blocks": [{"type": "text_input", "stage_id": "x"}]}},
        {"defaultContent": {"more": []}},
        {"defaultConfig": {"lock": "shut"}},
    ],
)
async def test_a_template_that_no_stage_could_be_made_from_is_refused(hr: Person, given: dict[str, Any]) -> None:
    payload = await hr.do("createStageTemplate", {"name": "x", **given})
    assert payload["refusals"][0]["path"][1] == next(iter(given))


async def test_a_private_template_is_used_by_its_maker_only(flow: FlowWorld) -> None:
    mine = await flow.hr.do("createStageTemplate", {"name": "Mine", "isPublic": False}, "stageTemplate { id }")
    asked = {"flowId": flow.flow, "name": "x", "templateId": mine["stageTemplate"]["id"]}
    colleague = await flow.company.person("HR")
    assert [each["code"] for each in (await colleague.do("addStage", asked))["refusals"]] == ["NOT_FOUND"]
    assert (await flow.hr.do("addStage", asked))["refusals"] == []


async def test_a_private_template_is_changed_by_its_maker_only(flow: FlowWorld) -> None:
    mine = await flow.hr.do("createStageTemplate", {"name": "Mine", "isPublic": False}, "stageTemplate { id }")
    template = mine["stageTemplate"]["id"]
    colleague = await flow.company.person("HR")
    for mutation, given in (("updateStageTemplate", {"name": "Theirs"}), ("deleteStageTemplate", {})):
        payload = await colleague.do(mutation, {"id": template, **given})
        assert [each["code"] for each in payload["refusals"]] == ["NOT_FOUND"]
    assert (await flow.hr.do("updateStageTemplate", {"id": template, "name": "Ours", "isPublic": True}))[
        "refusals"
    ] == []
    [refusal] = (await colleague.do("updateStageTemplate", {"id": template, "isPublic": False}))["refusals"]
    assert (refusal["code"], refusal["path"]) == ("INVALID_INPUT", ["input", "isPublic"])
    assert (await colleague.do("deleteStageTemplate", {"id": template}))["refusals"] == []


async def test_what_a_stage_is_given_as_null_stays_so(flow: FlowWorld) -> None:
    given = {"name": "Paperwork", "description": "Sign", "defaultConfig": {"due_offset_days": 3}}
    template = (await flow.hr.do("createStageTemplate", given, "stageTemplate { id }"))["stageTemplate"]["id"]
    asked = {"flowId": flow.flow, "name": "x", "templateId": template, "dueOffsetDays": None}
    made = await flow.hr.do("addStage", asked, "stage { description dueOffsetDays }")
    assert made["stage"] == {"description": "Sign", "dueOffsetDays": None}


async def test_a_template_whose_type_is_retired_makes_no_stage(flow: FlowWorld) -> None:
    admin = await flow.company.person("ADMIN")
    await admin.do("registerContentType", {"name": "iban", "base": "text_input", "displayName": "IBAN"})
    given = {"name": "Bank", "defaultContent": {"blocks": [{"type": "iban"}]}}
    template = (await flow.hr.do("createStageTemplate", given, "stageTemplate { id }"))["stageTemplate"]["id"]
    await admin.do("updateContentType", {"name": "iban", "isActive": False})
    [refusal] = await flow.do("addStage", flowId=flow.flow, name="x", templateId=template)
    assert (refusal["code"], refusal["path"]) == ("UNKNOWN_CONTENT_TYPE", ["input", "templateId"])
    assert len((await flow.see())["stages"]["nodes"]) == len(flow.stages)
