"""What seqeval, scikit-learn and scipy say of tags, classes and numbers; written to task-metrics.json beside this file."""
import json
import random
from pathlib import Path

from scipy.stats import pearsonr, spearmanr
from seqeval.metrics import classification_report
from sklearn.metrics import mean_absolute_error, mean_squared_error, precision_recall_fscore_support, r2_score

draw = random.Random(11)
SCHEMES = {
    "BIO": ["O", "B-PER", "I-PER", "B-LOC", "I-LOC"],
    "IO, kinds that follow each other": ["O", "I-PER", "I-LOC"],
    "BIOES": ["O", "B-X", "I-X", "E-X", "S-X", "B-Y", "I-Y", "E-Y", "S-Y"],
}


def tags(names, lengths):
    return [[draw.choice(names) for _ in range(length)] for length in lengths]


def near(sentences, names):
    return [[tag if draw.random() < 0.8 else draw.choice(names) for tag in sentence] for sentence in sentences]


def entity_case(name, truth, predicted):
    report = classification_report(truth, predicted, output_dict=True, zero_division=0)
    return {"name": name, "truth": truth, "predicted": predicted,
            "kinds": {kind: {key: float(value) for key, value in row.items()} for kind, row in report.items() if " avg" not in kind},
            "all": {key: float(value) for key, value in report["micro avg"].items()}}


entities = []
for name, names in SCHEMES.items():
    truth = tags(names, [7, 1, 12, 5, 30, 9])
    entities.append(entity_case(name, truth, near(truth, names)))
entities.append(entity_case("nothing found", [["B-A", "I-A", "O"]], [["O", "O", "O"]]))
entities.append(entity_case("an entity that no B begins", [["O", "B-A", "I-A"]], [["I-A", "I-A", "I-A"]]))


def class_case(truth, predicted):
    averages = {}
    for average in ["micro", "macro", "weighted"]:
        precision, recall, f1, _ = precision_recall_fscore_support(truth, predicted, average=average, zero_division=0)
        averages[average] = {"precision": float(precision), "recall": float(recall), "f1": float(f1)}
    return {"truth": truth, "predicted": predicted, **averages}


LETTERS = "abcdefg"
some = [draw.choice("aaabbcd") for _ in range(60)]
classes = [
    class_case(some, [letter if draw.random() < 0.7 else draw.choice("abce") for letter in some]),
    class_case(list("aabb"), list("cccc")),
    class_case(list("ab"), list("ab")),
]


def number_case(truth, predicted):
    return {"truth": truth, "predicted": predicted, "mse": float(mean_squared_error(truth, predicted)),
            "mae": float(mean_absolute_error(truth, predicted)), "r2": float(r2_score(truth, predicted)),
            "pearson": float(pearsonr(truth, predicted)[0]), "spearman": float(spearmanr(truth, predicted)[0])}


values = [round(draw.uniform(-3, 5), 3) for _ in range(40)]
numbers = [
    number_case(values, [round(value + draw.gauss(0, 1), 3) for value in values]),
    number_case([1.0, 2.0, 2.0, 3.0, 3.0, 3.0], [1.5, 1.5, 2.5, 2.5, 2.0, 9.0]),
    number_case([1.0, 2.0, 3.0], [3.0, 2.0, 1.0]),
]

answer = {"entities": entities, "classes": classes, "numbers": numbers}
Path(__file__).with_suffix("").with_name("task-metrics.json").write_text(json.dumps(answer) + "\n")
