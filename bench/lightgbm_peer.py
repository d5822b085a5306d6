"""LightGBM on the rows, features and splits that `npm run bench -- predictor` left, paired with what Holdfast predicted there.

    pip install lightgbm numpy scikit-learn
    python bench/lightgbm_peer.py bench-predictor [--card models/VERSION/card.md]

Three peers, all with the rows' weights that Holdfast learns with:

    all     every feature
    same    the features that Holdfast's network reads
    tuned   those too; leaves, rows a leaf and number of trees chosen by folds of students inside the training rows, mean of two seeds

Every figure is Holdfast less LightGBM, and the peer is the one that does best by AUC on the very rows that are judged, which favours
LightGBM. Intervals: 95 %, students drawn 400 times with all their rows, the same draws for both. The top 15 % is of those who were
active in the last 14 days, of each course and week. About ten minutes on one core. `--card` puts the tables into the model's card.
"""
import argparse
import json
from pathlib import Path

import lightgbm
import numpy as np
from sklearn.metrics import log_loss

DRAWS, FOLDS, TOP = 400, 3, 0.15
SETTINGS = [{"num_leaves": 4, "min_child_samples": 100}, {"num_leaves": 8, "min_child_samples": 300},
            {"num_leaves": 15, "min_child_samples": 100}]
TREES = [75, 150, 300]
FIGURES = ["AUC", "average precision", "Brier", "precision top 15 %", "recall top 15 %"]

arguments = argparse.ArgumentParser()
arguments.add_argument("folder", nargs="?", default="bench-predictor", type=Path)
arguments.add_argument("--card", type=Path)
arguments = arguments.parse_args()
folder = arguments.folder
about = json.loads((folder / "about.json").read_text())
targets, users = about["targets"], np.array(about["user_ids"])
courses, days = np.array(about["courses"]), np.array(about["landmark_days"])
rows = np.fromfile(folder / "rows.f32", np.float32).reshape(len(users), -1)
labels = np.fromfile(folder / "labels.f32", np.float32).reshape(len(users), len(targets))
active = np.fromfile(folder / "active.u8", np.uint8).astype(bool)
read = np.array([feature["read"] for feature in about["features"]])
weights = np.where(days > 111, 0.5, 1.0)
people, owner = np.unique(users, return_inverse=True)
random = np.random.default_rng(1)
draws = [np.bincount(random.integers(0, len(people), len(people)), minlength=len(people)) for _ in range(DRAWS)]


def learn(x, y, w, seed=1, num_leaves=15, min_child_samples=100, n_estimators=300):
    model = lightgbm.LGBMClassifier(
        n_estimators=n_estimators, learning_rate=0.03, num_leaves=num_leaves, min_child_samples=min_child_samples, subsample=0.8,
        subsample_freq=1, colsample_bytree=0.5, reg_lambda=5, max_bin=127, verbose=-1, random_state=seed, deterministic=True,
        force_row_wise=True, n_jobs=1,  # threads that wait for each other cost more than they gain on a busy machine
    )
    return model.fit(x, y, sample_weight=w)


def tuned(x, y, w, who, x_test):
    fold = np.random.default_rng(2).integers(0, FOLDS, len(people))[who]
    best = (np.inf, None, None)
    for setting in SETTINGS:
        loss = dict.fromkeys(TREES, 0.0)
        for left_out in range(FOLDS):
            train, test = fold != left_out, fold == left_out
            model = learn(x[train], y[train], w[train], **setting)
            for trees in TREES:
                said = model.predict_proba(x[test], num_iteration=trees)[:, 1]
                loss[trees] += log_loss(y[test], said, sample_weight=w[test], labels=[0, 1])
        best = min([best, *((loss[trees], trees, setting) for trees in TREES)], key=lambda candidate: candidate[0])
    _, trees, setting = best
    return np.mean([learn(x, y, w, seed, n_estimators=trees, **setting).predict_proba(x_test)[:, 1] for seed in (1, 2)], axis=0)


class Judge:
    """The figures of one model's scores on the rows of one split, for any weights of the rows."""

    def __init__(self, score, label, lists, is_active):
        self.score, self.label = score, label
        self.order = np.argsort(-score, kind="stable")
        ranked = score[self.order]
        self.ends = np.append(np.flatnonzero(np.diff(ranked)), len(ranked) - 1)  # the last row of each run of equal scores
        in_lists = np.flatnonzero(is_active)
        self.listed = in_lists[np.lexsort((-score[in_lists], lists[in_lists]))]
        self.starts = np.flatnonzero(np.append(True, np.diff(lists[self.listed]) != 0))

    def figures(self, weight):
        positive = np.cumsum((weight * self.label)[self.order])[self.ends]
        negative = np.cumsum((weight * (1 - self.label))[self.order])[self.ends]
        if positive[-1] == 0 or negative[-1] == 0:
            return np.full(len(FIGURES), np.nan)
        gained, passed = np.diff(positive, prepend=0), np.diff(negative, prepend=0)
        auc = (passed * (positive - gained / 2)).sum() / (positive[-1] * negative[-1])
        taken = np.maximum(positive + negative, 1)
        precision = (gained * positive / taken).sum() / positive[-1]
        brier = (weight * (self.score - self.label) ** 2).sum() / weight.sum()
        w = weight[self.listed]
        size = np.add.reduceat(w, self.starts)
        before = np.cumsum(w) - w
        counts = np.diff(np.append(self.starts, len(w)))
        place = before - np.repeat(before[self.starts], counts)
        on_list = np.clip(np.repeat(np.ceil(size * TOP - 1e-9), counts) - place, 0, w)
        hits = (on_list * self.label[self.listed]).sum()
        return np.array([auc, precision, brier, hits / on_list.sum(), hits / max(1e-9, (w * self.label[self.listed]).sum())])


def compare(index, split, target):
    """Holdfast's figures, those of each peer, and the differences from the best in each draw."""
    column = targets.index(target)
    known = ~np.isnan(labels[:, column])
    train, test = [np.fromfile(folder / f"{part}-{index}.u8", np.uint8).astype(bool) for part in ("train", "test")]
    ours = np.fromfile(folder / f"predicted-{index}-{target}.f32", np.float32).astype(float)[known[test]]
    train, test = train & known, test & known
    label = labels[test, column].astype(float)
    x, y, w = rows[train], labels[train, column], weights[train]
    peers = {
        "all": learn(x, y, w).predict_proba(rows[test])[:, 1],
        "same": learn(x[:, read], y, w).predict_proba(rows[test][:, read])[:, 1],
        "tuned": tuned(x[:, read], y, w, owner[train], rows[test][:, read]),
    }
    judge = lambda score: Judge(score, label, days[test], active[test])
    holdfast, others = judge(ours), {name: judge(score) for name, score in peers.items()}
    once = np.ones(len(label))
    of_peers = {name: other.figures(once) for name, other in others.items()}
    best = max(of_peers, key=lambda name: of_peers[name][0])
    drawn = np.array([holdfast.figures(d[owner[test]]) - others[best].figures(d[owner[test]]) for d in draws])
    return {"rows": len(label), "ours": holdfast.figures(once), "peers": of_peers, "best": best, "drawn": drawn}


def cells(ours, theirs, drawn):
    low, high = np.nanpercentile(drawn, [2.5, 97.5], axis=0)
    return [f"{a:.3f} {a - b:+.3f} [{l:+.3f}, {h:+.3f}]" for a, b, l, h in zip(ours, theirs, low, high)]


def row(*values):
    return "| " + " | ".join(values) + " |"


lines = [row("target, tested on", "rows", "LightGBM's AUC: all, same, tuned", *FIGURES), row("---", "---:", "---", *["---"] * len(FIGURES))]
for kind in dict.fromkeys(split["kind"] for split in about["splits"]):
    parts = [(index, split) for index, split in enumerate(about["splits"]) if split["kind"] == kind]
    for target in parts[0][1]["heads"]:
        results = []
        for index, split in parts:
            result = compare(index, split, target)
            results.append(result)
            aucs = ", ".join(f"{result['peers'][name][0]:.3f}" for name in ("all", "same", "tuned"))
            lines.append(row(f"{target}, {kind}, {split['tested_on']}", str(result["rows"]), aucs,
                             *cells(result["ours"], result["peers"][result["best"]], result["drawn"])))
            print(lines[-1], flush=True)
        mean = lambda values: np.mean(values, axis=0)
        lines.append(row(f"**{target}, {kind}, mean**", str(sum(r["rows"] for r in results)),
                         ", ".join(f"{mean([r['peers'][name][0] for r in results]):.3f}" for name in ("all", "same", "tuned")),
                         *cells(mean([r["ours"] for r in results]), mean([r["peers"][r["best"]] for r in results]),
                                mean([r["drawn"] for r in results]))))
        print(lines[-1], flush=True)

BEGIN, END = "## Against LightGBM\n", "## Limits\n"
TEXT = f"""{BEGIN}
The same rows, features and splits, from `npm run bench -- predictor oulad:DIR` and `python bench/lightgbm_peer.py bench-predictor --card
CARD` with LightGBM {lightgbm.__version__}; bench/lightgbm_peer.py says how its settings were chosen. *New course*: a presentation predicted by a model made of
the other, as above. *Weeks forward*: weeks 11 to 15 predicted from weeks 1 to 7 of the same presentation. A cell is Holdfast's figure, by how much it
is above LightGBM's (for Brier, above is worse) and the 95 % interval of that over students. The LightGBM of each row is the one of the three that has the
best AUC on the very rows that are judged. Top 15 %: of those active in the last 14 days, of each week.

"""
if arguments.card:
    card = arguments.card.read_text()
    start = card.find(BEGIN)
    end = card.index(END)
    kept = card[: start if start >= 0 else end]
    arguments.card.write_text(kept + TEXT + "\n".join(lines) + "\n\n" + card[end:])
