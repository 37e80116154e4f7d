"""What scikit-learn says about TF-IDF and logistic regression; written to text-classification.json beside this file."""

import json
from pathlib import Path

import numpy
import sklearn
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

TEXTS = [
    ["sport", "The keeper saved the penalty, and the crowd sang; the crowd sang on."],
    ["sport", "A late goal won the final for the visitors."],
    ["sport", "The runner broke the record by two seconds in the final lap."],
    ["sport", "Rain stopped play, so the match went on the next day."],
    ["sport", "Goal after goal after goal: the visitors lost the match 5-0."],
    ["food", "Simmer the soup with leeks, café cream and salt."],
    ["food", "Bake the bread until the crust is brown; the bread must rest."],
    ["food", "Salt the water, cook the pasta, save some of the water."],
    ["food", "The crème brûlée needs cream, sugar and a hot flame."],
    ["food", "Cut the bread and the cheese, and serve with soup."],
    ["money", "The bank raised its rate by two points on Monday."],
    ["money", "Shares fell after the bank lost money in the final quarter."],
    ["money", "Save some money each month, and the rate will do the rest."],
    ["money", "The fund won two percent; e_fund_2 lost 10 percent."],
    ["money", "Points, rates, shares: the market closed late on Monday."],
    ["money", ""],
]
UNSEEN = [
    "The visitors won the match.",
    "Bread and soup, bread and cream.",
    "The bank lost two points on Monday, after the final.",
    "Zzz, qqq!",
]
# maxTerms must not cut among equally frequent terms: which of them scikit-learn keeps is not defined (asserted below).
SETTINGS = [
    {"words": [1, 1], "sublinear": False, "minTexts": 1},
    {"words": [1, 2], "sublinear": True, "minTexts": 2},
    {"words": [1, 3], "sublinear": False, "minTexts": 1, "maxTerms": 12},
]


def vectorizer(setting):
    return TfidfVectorizer(
        ngram_range=tuple(setting["words"]),
        sublinear_tf=setting["sublinear"],
        min_df=setting["minTexts"],
        max_features=setting.get("maxTerms"),
    )


def tfidf_case(setting):
    fitted = vectorizer(setting)
    texts = [text for _, text in TEXTS]
    rows = fitted.fit_transform(texts)
    if "maxTerms" in setting:
        every = TfidfVectorizer(ngram_range=tuple(setting["words"]), use_idf=False, norm=None).fit_transform(texts)
        totals = sorted(every.sum(axis=0).A1.tolist(), reverse=True)
        at = setting["maxTerms"]
        assert totals[at - 1] > totals[at], "the cut falls among equally frequent terms"
    terms = fitted.get_feature_names_out()

    def by_term(matrix):
        return [{terms[j]: row[j] for j in row.nonzero()[0]} for row in matrix.toarray()]

    return {
        **setting,
        "idf": dict(zip(terms, fitted.idf_)),
        "rows": by_term(rows),
        "unseen": by_term(fitted.transform(UNSEEN)),
    }


def fit(features, classes, c):
    fits = [
        LogisticRegression(C=c, solver=solver, tol=1e-12, max_iter=100_000).fit(features, classes)
        for solver in ("newton-cg", "newton-cholesky")
    ]
    first, second = (model.predict_proba(features) for model in fits)
    assert numpy.abs(first - second).max() < 1e-10, "two solvers disagree"
    return fits[1]


def logistic_case(name, train, classes, test, c):
    model = fit(train, classes, c)
    return {
        "name": name,
        "c": c,
        "classes": numpy.unique(classes).tolist(),
        "coef": model.coef_.tolist(),
        "intercept": model.intercept_.tolist(),
        "probabilities": model.predict_proba(test).tolist(),
    }


def text_cases():
    words = vectorizer(SETTINGS[0])
    train = words.fit_transform([text for _, text in TEXTS]).toarray()
    test = words.transform(UNSEEN).toarray()
    labels = numpy.array([label for label, _ in TEXTS])
    yield logistic_case("texts of three classes", train, labels, test, 1.0)
    yield logistic_case("texts of three classes, little penalty", train, labels, test, 100.0)
    yield logistic_case("texts of two classes", train, numpy.where(labels == "food", "food", "other"), test, 10.0)


def dense_cases():
    """Overlapping clouds, shifted away from the origin so that the intercept matters."""
    random = numpy.random.default_rng(7)
    classes = numpy.repeat(numpy.arange(4), 10)
    features = (random.normal(size=(40, 5)) + 0.8 * random.normal(size=(4, 5))[classes] + 2).astype(numpy.float32)
    points = features.tolist()
    yield {"features": points, "classOf": classes.tolist()} | logistic_case("four clouds", features.astype(float), classes, features.astype(float), 0.5)
    two = (classes >= 2).astype(int)
    yield {"features": points, "classOf": two.tolist()} | logistic_case("two clouds", features.astype(float), two, features.astype(float), 1.0)


answers = {
    "made_with": f"scikit-learn {sklearn.__version__}, numpy {numpy.__version__}",
    "texts": TEXTS,
    "unseen": UNSEEN,
    "tfidf": [tfidf_case(setting) for setting in SETTINGS],
    "texts_logistic": list(text_cases()),
    "dense_logistic": list(dense_cases()),
}
Path(__file__).with_name("text-classification.json").write_text(json.dumps(answers, ensure_ascii=False) + "\n")
