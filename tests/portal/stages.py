"""Stages of the flows that these tests go through, and a picture to upload."""

import base64
import io
from typing import Any, Final

from PIL import Image

NAME: Final[dict[str, Any]] = {
    "type": "text_input",
    "content": "What should we call you?",
    "config": {"min_length": 2, "max_length": 40},
}
PHOTO: Final[dict[str, Any]] = {
    "type": "file_upload",
    "content": "A photo",
    "config": {"accept": ["image/png"], "max_bytes": 100_000},
}
ABOUT_YOU: Final[dict[str, Any]] = {
    "name": "About you",
    "description": "So that we are ready for you.",
    "blocks": [
        {"type": "header", "content": "The first things"},
        NAME,
        {
            "key": "way",
            "type": "select",
            "content": "How will you come?",
            "config": {"options": [{"value": "bus", "label": "Bus"}, {"value": "bike", "label": "Bicycle"}]},
        },
        {"type": "text_area", "content": "Do you need a lock?", "condition": {"block": "way", "equals": "bike"}},
        {"type": "number", "content": "Shoe size", "config": {"min": 30, "max": 52, "unit": "EU"}},
        {"type": "text_area", "content": "Anything else?", "required": False},
        PHOTO,
    ],
}
PAPERS: Final[dict[str, Any]] = {
    "name": "Papers",
    "blocks": [
        {
            "type": "acknowledge_policy",
            "content": "The handbook",
            "config": {"policy_text": "Be kind.\n\nLock the roof.", "policy_url": "https://acme.example/handbook"},
        },
        {"type": "signature", "content": "Confidentiality", "config": {"statement": "I keep secrets."}},
        {"type": "identity_form", "content": "Proof of identity", "config": {"document_types": ["passport"]}},
        {
            "type": "quiz",
            "content": "Storms",
            "config": {
                "pass_score": 100,
                "questions": [
                    {
                        "id": "q_1",
                        "text": "What do you do in a storm?",
                        "options": [{"id": "a", "label": "Stay and water"}, {"id": "b", "label": "Go inside"}],
                        "correct": "b",
                    }
                ],
            },
        },
        {
            "type": "checklist",
            "content": "Bring along",
            "config": {"items": [{"id": "b", "label": "Boots", "required": True}, {"id": "t", "label": "A towel"}]},
        },
    ],
}
TEAM: Final[dict[str, Any]] = {
    "name": "The team",
    "blocks": [
        {
            "type": "meet_the_team",
            "content": "Your team",
            "config": {"people": [{"name": "Ada Byron", "title": "Design"}]},
        },
    ],
}


def a_picture() -> str:
    """A small picture, as base64."""
    file = io.BytesIO()
    Image.new("RGB", (64, 64), "#3366aa").save(file, "PNG")
    return base64.b64encode(file.getvalue()).decode()
