"""The compiled module; its names are described where `stook` exports them."""

from typing import Any

def __getattr__(name: str) -> Any: ...
