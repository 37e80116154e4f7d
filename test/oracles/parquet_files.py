"""Small Parquet files by pyarrow, one for each codec, with what datasets of the Hugging Face hub hold: texts, class numbers, lists, structs.

Run with pyarrow installed:  python test/oracles/parquet_files.py
It writes test/fixtures/parquet/.
"""
import json, pathlib
import pyarrow as pa, pyarrow.parquet as pq

FOLDER = pathlib.Path(__file__).parent.parent / "fixtures" / "parquet"
FOLDER.mkdir(parents=True, exist_ok=True)
TEXTS = [f"text number {at} für 🦊" for at in range(7)]
LABELS = [at % 3 for at in range(7)]
info = {"info": {"features": {"text": {"dtype": "string", "_type": "Value"},
                              "label": {"names": ["bad", "fair", "good"], "_type": "ClassLabel"}}}}
table = pa.table({"text": TEXTS, "label": pa.array(LABELS, pa.int64())}).replace_schema_metadata({"huggingface": json.dumps(info)})
for codec in ["none", "snappy", "gzip", "brotli", "zstd"]:
    # Two row groups, so that rows are counted across them.
    pq.write_table(table, FOLDER / f"labelled-{codec}.parquet", compression=codec, row_group_size=4)
chats = pa.table({"messages": [[{"role": "user", "content": "hi"}, {"role": "assistant", "content": "ho"}]], "score": [0.5]})
pq.write_table(chats, FOLDER / "chats.parquet", compression="snappy")
tagged = pa.table({"tokens": [["Ada", "lives"], ["here"]], "tags": pa.array([[1, 0], [0]], pa.list_(pa.int32()))})
tags = {"info": {"features": {"tokens": {"feature": {"dtype": "string", "_type": "Value"}, "_type": "List"},
                              "tags": {"feature": {"names": ["O", "B-PER"], "_type": "ClassLabel"}, "_type": "List"}}}}
tagged = tagged.replace_schema_metadata({"huggingface": json.dumps(tags)})
pq.write_table(tagged, FOLDER / "tagged.parquet", compression="snappy")
