"""Small ONNX files of every kind, as the onnx package writes them, and what it reads in them: onnx-files.json beside this file."""

import base64
import json
import tempfile
from pathlib import Path

import numpy as np
import onnx
from onnx import AttributeProto, TensorProto, helper, numpy_helper

F32 = TensorProto.FLOAT
value = helper.make_tensor_value_info


def model_of(nodes, inputs=(), outputs=(), initializers=(), opsets=(("", 21),), ir=10, **more):
    graph = helper.make_graph(nodes, "main", list(inputs), list(outputs), initializer=list(initializers))
    imports = [helper.make_opsetid(domain, version) for domain, version in opsets]
    return helper.make_model(graph, opset_imports=imports, ir_version=ir, producer_name="oracle", producer_version="1", **more)


def attributes():
    tensor = numpy_helper.from_array(np.array([[1.5, -2.0]], dtype=np.float32))
    inner = helper.make_graph([helper.make_node("Identity", ["a"], ["b"])], "inner", [], [value("b", F32, None)])
    sparse = helper.make_sparse_tensor(
        numpy_helper.from_array(np.array([3.0], dtype=np.float32), "values"),
        numpy_helper.from_array(np.array([2], dtype=np.int64)),
        [5],
    )
    node = helper.make_node("Everything", ["x", "", "z"], ["y"], name="all", domain="test", doc_string="text for people")
    given = {
        "float": 0.1, "int": -7, "string": "grüße", "tensor": tensor, "graph": inner, "floats": [1.0, -0.5, float("inf")],
        "ints": [1, -1, 2**53 - 1], "strings": ["a", ""], "tensors": [tensor, tensor], "graphs": [inner, inner],
        "huge": 2**63 - 1, "huges": [0, -(2**63)], "binary": b"\xff\x00", "binaries": [b"\xfe", b"ok"],
        "type": helper.make_tensor_type_proto(F32, ["n"]), "sparse": sparse,
        "types": [helper.make_sequence_type_proto(helper.make_tensor_type_proto(F32, None))],
        "zero": 0, "nothing": "",
    }
    node.attribute.extend(helper.make_attribute(name, one) for name, one in given.items())
    empty = node.attribute.add(name="empty", type=AttributeProto.INTS)
    assert not empty.ints
    return model_of([node], [value("x", F32, [1])], [value("y", F32, [1])], opsets=(("", 21), ("test", 1)))


def untyped_attributes():
    """As files before IR version 2 were."""
    model = attributes()
    for attribute in model.graph.node[0].attribute:
        if attribute.name not in ("empty", "type", "types", "sparse"):
            attribute.ClearField("type")
    model.ir_version = 1
    return model


def typed_data():
    numbers = [0, 1, 2, 3, 1, 0, 1]
    names = [
        "FLOAT", "DOUBLE", "FLOAT16", "BFLOAT16", "INT8", "UINT8", "INT16", "UINT16", "INT32", "UINT32", "INT64", "UINT64", "BOOL",
        "INT4", "UINT4", "FLOAT8E4M3FN", "FLOAT8E4M3FNUZ", "FLOAT8E5M2", "FLOAT8E5M2FNUZ", "COMPLEX64", "COMPLEX128", "FLOAT4E2M1",
    ]
    tensors = []
    for name in names:
        data_type = getattr(TensorProto, name)
        given = [bool(one) for one in numbers] if name == "BOOL" else numbers
        typed = helper.make_tensor(f"{name} typed", data_type, [7], given)
        tensors += [typed, raw_of(typed, f"{name} raw")]
    signed = [("INT8", -128), ("INT16", -32768), ("INT32", -(2**31)), ("INT64", -(2**63)), ("INT4", -8), ("UINT64", 2**64 - 1), ("UINT32", 2**32 - 1)]
    tensors += [helper.make_tensor(f"{name} edge", getattr(TensorProto, name), [2], [edge, 1]) for name, edge in signed]
    tensors += [
        helper.make_tensor("strings", TensorProto.STRING, [2, 2], ["", "a", "ü" * 100, "end"]),
        helper.make_tensor("scalar", F32, [], [2.5]),
        helper.make_tensor("none", F32, [0, 3], []),
        numpy_helper.from_array(np.arange(2_000, dtype=np.float32), "large"),
        helper.make_tensor("large typed", F32, [1_500], [float(one) for one in range(1_500)]),
    ]
    return model_of([], [], [], tensors, ir=11)


def raw_of(tensor, name):
    return numpy_helper.from_array(numpy_helper.to_array(tensor), name)


def external():
    tensors = [numpy_helper.from_array(np.arange(size, dtype=np.float32) / 4, f"w{size}") for size in (3, 40, 1_000)]
    constant = helper.make_node("Constant", [], ["c"], value=numpy_helper.from_array(np.arange(9, dtype=np.int64), "of the constant"))
    return model_of([constant, helper.make_node("Identity", ["c"], ["y"])], [], [value("y", TensorProto.INT64, [9])], tensors)


def functions():
    first = helper.make_node("Mul", ["a", "a"], ["square"])
    second = helper.make_node("Scaled", ["square"], ["b"], domain="other")
    reference = second.attribute.add(name="alpha", type=AttributeProto.FLOAT, ref_attr_name="factor")
    assert reference.ref_attr_name
    one = helper.make_function(
        "local", "Square", ["a"], ["b"], [first, second], [helper.make_opsetid("", 21), helper.make_opsetid("other", 3)],
        attributes=["factor"], attribute_protos=[helper.make_attribute("beta", 2.0)], overload="v2",
    )
    one.value_info.append(value("square", F32, ["n"]))
    node = helper.make_node("Square", ["x"], ["y"], domain="local", overload="v2", factor=3.0)
    return model_of([node], [value("x", F32, ["n"])], [value("y", F32, ["n"])], opsets=(("", 21), ("local", 1)), functions=[one])


def control_flow():
    then = helper.make_graph([helper.make_node("Add", ["x", "one"], ["t"])], "then", [], [value("t", F32, None)], [numpy_helper.from_array(np.float32([1]), "one")])
    other = helper.make_graph([helper.make_node("Neg", ["x"], ["e"])], "else", [], [onnx.ValueInfoProto(name="e")])
    body = helper.make_graph(
        [helper.make_node("Identity", ["go"], ["again"]), helper.make_node("If", ["go"], ["next"], then_branch=then, else_branch=other)],
        "body", [value("i", TensorProto.INT64, []), value("go", TensorProto.BOOL, []), value("last", F32, None)],
        [value("again", TensorProto.BOOL, []), value("next", F32, None)],
    )
    loop = helper.make_node("Loop", ["n", "", "x"], ["y"], body=body)
    return model_of([loop], [value("n", TensorProto.INT64, []), value("x", F32, ["k"])], [value("y", F32, None)])


def shapes():
    sequence = helper.make_tensor_sequence_value_info("sequence", F32, ["n", 3])
    optional = helper.make_value_info("optional", helper.make_optional_type_proto(helper.make_tensor_type_proto(F32, [1])))
    mapped = helper.make_value_info("map", helper.make_map_type_proto(TensorProto.STRING, helper.make_tensor_type_proto(F32, [])))
    image = value("image", TensorProto.FLOAT16, ["batch", 3, None, 224])
    image.type.denotation = "IMAGE"
    image.type.tensor_type.shape.dim[1].denotation = "DATA_CHANNEL"
    inputs = [image, sequence, optional, mapped, value("scalar", F32, []), value("any rank", TensorProto.STRING, None), value("zero", F32, [0])]
    model = model_of([], inputs, [value("y", F32, ["batch"])])
    model.graph.value_info.extend([value("between", TensorProto.INT8, ["batch", 2]), onnx.ValueInfoProto(name="no type")])
    return model


def kept():
    model = shapes()
    model.doc_string, model.domain, model.model_version = "a model", "org.test", 12
    helper.set_model_props(model, {"author": "an oracle", "empty": ""})
    model.training_info.add().initialization.name = "start"
    model.graph.doc_string = "a graph"
    model.graph.quantization_annotation.add(tensor_name="image").quant_parameter_tensor_names.add(key="SCALE_TENSOR", value="s")
    model.graph.sparse_initializer.append(
        helper.make_sparse_tensor(
            numpy_helper.from_array(np.float32([3]), "sparse"), numpy_helper.from_array(np.int64([2])), [5]
        )
    )
    model.graph.metadata_props.add(key="part", value="graph")
    model.graph.input[0].doc_string = "an image"
    node = model.graph.node.add(op_type="Identity", input=["image"], output=["y"], doc_string="a node")
    node.metadata_props.add(key="namespace", value="model/layer")
    return model


OPAQUE = {"huge", "huges", "binary", "binaries", "type", "types", "sparse"}
KINDS = {1: "float", 2: "int", 3: "string", 4: "tensor", 5: "graph", 6: "floats", 7: "ints", 8: "strings", 9: "tensors", 10: "graphs"}
DTYPES = {"FLOAT": "float32", "DOUBLE": "float64"}


def dtype_of(number):
    name = TensorProto.DataType.Name(number)
    return DTYPES.get(name, name.lower())


def tensor_facts(tensor):
    facts = {"dtype": dtype_of(tensor.data_type), "shape": list(tensor.dims)}
    if tensor.data_type == TensorProto.STRING:
        return {**facts, "strings": [one.decode() for one in tensor.string_data]}
    raw = tensor.raw_data if tensor.HasField("raw_data") else numpy_helper.from_array(numpy_helper.to_array(tensor)).raw_data
    return {**facts, "hex": raw.hex()}


def attribute_facts(attribute):
    if attribute.ref_attr_name:
        return {"type": "reference", "value": attribute.ref_attr_name, "of": attribute.type}
    if attribute.name in OPAQUE:
        return {"type": "opaque"}
    guessed = {number for number, kind in KINDS.items() if kind == attribute.name}
    number = attribute.type or (guessed or {"zero": {2}, "nothing": {3}}[attribute.name]).pop()
    found = helper.get_attribute_value(attribute) if attribute.type else raw_value(attribute, number)
    kind = KINDS[number]
    convert = {"string": lambda one: one.decode(), "tensor": tensor_facts, "graph": graph_facts}.get(kind.rstrip("s"), plain)
    return {"type": kind, "value": [convert(one) for one in found] if kind.endswith("s") else convert(found)}


def plain(one):
    return str(one) if one in (float("inf"), float("-inf")) else one


def raw_value(attribute, number):
    return getattr(attribute, {1: "f", 2: "i", 3: "s", 4: "t", 5: "g"}.get(number, KINDS[number]))


def type_facts(info):
    which = info.type.WhichOneof("value") if info.HasField("type") else "unknown"
    if which != "tensor_type":
        return {"kind": "unknown" if which == "unknown" else "opaque"}
    tensor = info.type.tensor_type
    facts = {"kind": "tensor", "dtype": dtype_of(tensor.elem_type)}
    if tensor.HasField("shape"):
        facts["shape"] = [dim.dim_value if dim.HasField("dim_value") else dim.dim_param or None for dim in tensor.shape.dim]
    return facts


def infos(values):
    return [{"name": one.name, "type": type_facts(one)} for one in values]


def node_facts(node):
    return {
        "op": node.op_type, "domain": node.domain, "name": node.name, "inputs": list(node.input), "outputs": list(node.output),
        "attributes": {one.name: attribute_facts(one) for one in node.attribute}, **({"overload": node.overload} if node.overload else {}),
    }


def graph_facts(graph):
    return {
        "name": graph.name, "nodes": [node_facts(node) for node in graph.node],
        "initializers": {one.name: tensor_facts(one) for one in graph.initializer},
        "inputs": infos(graph.input), "outputs": infos(graph.output), "valueInfo": infos(graph.value_info),
    }


def function_facts(one):
    return {
        "name": one.name, "domain": one.domain, "overload": one.overload, "inputs": list(one.input), "outputs": list(one.output),
        "attributes": list(one.attribute), "defaults": {each.name: attribute_facts(each) for each in one.attribute_proto},
        "nodes": [node_facts(node) for node in one.node], "opsets": {each.domain: each.version for each in one.opset_import},
        "valueInfo": infos(one.value_info),
    }


def model_facts(model):
    return {
        "irVersion": model.ir_version, "producerName": model.producer_name, "producerVersion": model.producer_version,
        "opsets": {one.domain: one.version for one in model.opset_import}, "graph": graph_facts(model.graph),
        "functions": [function_facts(one) for one in model.functions], "metadata": {one.key: one.value for one in model.metadata_props},
    }


cases = {}
makers = [attributes, untyped_attributes, typed_data, external, functions, control_flow, shapes, kept]
for make in makers:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.onnx"
        options = {"save_as_external_data": True, "location": "weights.bin", "size_threshold": 0, "convert_attribute": True}
        onnx.save(make(), path, **(options if make is external else {}))
        cases[make.__name__.replace("_", " ")] = {
            "files": {one.name: base64.b64encode(one.read_bytes()).decode() for one in sorted(Path(folder).iterdir())},
            "facts": model_facts(onnx.load(path)),
        }
answers = {"made_with": f"onnx {onnx.__version__}", "cases": cases}
Path(__file__).with_name("onnx-files.json").write_text(json.dumps(answers, indent=1) + "\n")
