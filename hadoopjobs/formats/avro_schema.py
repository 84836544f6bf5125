"""Avro's schemas and Arrow's, one from the other.

Source: Apache Avro 1.11 specification, "Schema Declaration" and "Logical Types".
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from hadoopjobs.core.errors import CodecError

if TYPE_CHECKING:
    import pyarrow as pa

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def arrow_schema(schema: Any) -> pa.Schema | None:
    """The Arrow schema of an Avro record; None if a part has no Arrow type (a union of several
    types, a record within itself), so that the values have to tell."""
    import pyarrow as pa

    if not isinstance(schema, dict) or schema.get("type") != "record":
        return None
    try:
        names: dict[str, pa.DataType] = {}
        return pa.schema([_arrow_field(field, names) for field in schema["fields"]])
    except (_NoArrowType, KeyError, TypeError):
        return None


class _NoArrowType(Exception):
    """An Avro type has no Arrow type."""


def _arrow_field(field: Mapping[str, Any], names: dict[str, pa.DataType]) -> pa.Field:
    import pyarrow as pa

    return pa.field(field["name"], _arrow_type(field["type"], names))


def _arrow_type(schema: Any, names: dict[str, pa.DataType]) -> pa.DataType:
    import pyarrow as pa

    if isinstance(schema, list):
        return _arrow_union(schema, names)
    if isinstance(schema, str):
        return names[schema] if schema in names else _primitive(schema)
    kind = schema["type"]
    if not isinstance(kind, str):
        return _arrow_type(kind, names)
    if "logicalType" in schema:
        return _arrow_logical(schema)
    if kind == "record":
        found = pa.struct([_arrow_field(field, names) for field in schema["fields"]])
    elif kind == "array":
        return pa.list_(_arrow_type(schema["items"], names))
    elif kind == "map":
        raise _NoArrowType  # dicts become structs or maps as the values tell
    elif kind == "enum":
        found = pa.string()
    elif kind == "fixed":
        found = pa.binary(schema["size"])
    else:
        return _primitive(kind)
    names[schema["name"]] = found
    return found


def _arrow_union(schemas: list[Any], names: dict[str, pa.DataType]) -> pa.DataType:
    import pyarrow as pa

    others = [schema for schema in schemas if schema != "null"]
    if not others:
        return pa.null()
    if len(others) > 1:
        raise _NoArrowType
    return _arrow_type(others[0], names)


def _primitive(kind: str) -> pa.DataType:
    import pyarrow as pa

    types = {
        "null": pa.null,
        "boolean": pa.bool_,
        "int": pa.int32,
        "long": pa.int64,
        "float": pa.float32,
        "double": pa.float64,
        "bytes": pa.binary,
        "string": pa.string,
    }
    if kind not in types:
        raise _NoArrowType
    return types[kind]()


def _arrow_logical(schema: Mapping[str, Any]) -> pa.DataType:
    import pyarrow as pa

    types = {
        "date": pa.date32(),
        "time-millis": pa.time32("ms"),
        "time-micros": pa.time64("us"),
        "timestamp-millis": pa.timestamp("ms", "UTC"),
        "timestamp-micros": pa.timestamp("us", "UTC"),
        "local-timestamp-millis": pa.timestamp("ms"),
        "local-timestamp-micros": pa.timestamp("us"),
    }
    kind = schema["logicalType"]
    if kind == "decimal":
        return pa.decimal128(schema["precision"], schema.get("scale", 0))
    if kind not in types:
        raise _NoArrowType
    return types[kind]


def avro_schema(schema: pa.Schema) -> dict[str, Any]:
    """An Avro record schema for the columns of `schema`, each nullable.

    Raises `CodecError` for a name or a type that Avro does not have.
    """
    return _avro_record("Row", schema)


def _avro_record(name: str, fields: Any) -> dict[str, Any]:
    for field in fields:
        if _NAME.fullmatch(field.name) is None:
            raise CodecError(f"column {field.name!r} cannot be a name in Avro: rename it")
    avro_fields = [
        {
            "name": field.name,
            "type": ["null", _avro_type(field.type, f"{name}_{field.name}")],
            "default": None,
        }
        for field in fields
    ]
    return {"type": "record", "name": name, "fields": avro_fields}


def _avro_type(type_: pa.DataType, path: str) -> Any:
    import pyarrow as pa
    from pyarrow import types

    if types.is_struct(type_):
        return _avro_record(path, type_)
    if types.is_list(type_) or types.is_large_list(type_):
        return {"type": "array", "items": ["null", _avro_type(type_.value_type, path)]}
    if types.is_dictionary(type_):
        return _avro_type(type_.value_type, path)
    if types.is_decimal(type_):
        logical = {"logicalType": "decimal", "precision": type_.precision, "scale": type_.scale}
        return {"type": "bytes", **logical}
    if types.is_timestamp(type_) and type_.unit in ("s", "ms", "us"):
        return {"type": "long", "logicalType": f"{'' if type_.tz else 'local-'}timestamp-micros"}
    if types.is_null(type_):
        return "string"  # a union holds null once only; no value is there to be text
    simple = {
        pa.bool_(): "boolean",
        **dict.fromkeys((pa.int8(), pa.int16(), pa.int32(), pa.uint8(), pa.uint16()), "int"),
        **dict.fromkeys((pa.int64(), pa.uint32()), "long"),
        **dict.fromkeys((pa.float16(), pa.float32()), "float"),
        pa.float64(): "double",
        **dict.fromkeys((pa.string(), pa.large_string()), "string"),
        **dict.fromkeys((pa.binary(), pa.large_binary()), "bytes"),
        pa.date32(): {"type": "int", "logicalType": "date"},
        pa.time64("us"): {"type": "long", "logicalType": "time-micros"},
    }
    if type_ not in simple:
        raise CodecError(f"Avro has no type for {type_} ({path}): convert the column first")
    return simple[type_]
