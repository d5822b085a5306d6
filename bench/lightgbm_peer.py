"""LightGBM on the rows and features that `npm run bench -- predictor` left, each presentation predicted without it.

    pip install lightgbm numpy scikit-learn
    python bench/lightgbm_peer.py bench-predictor

Two peers: one with every feature, one with the features that Holdfast's network reads. The interval is of the difference of the
AUC (Holdfast less LightGBM), from 200 bootstrap draws over students, 95 %.
"""
import json
import sys
from pathlib import Path

import lightgbm
import numpy as np
from sklearn.metrics import roc_auc_score

folder = Path(sys.argv[1] if len(sys.argv) > 1 else "bench-predictor")
about = json.loads((folder / "about.json").read_text())
heads, users = about["heads"], np.array(about["user_ids"])
courses, days = np.array(about["courses"]), np.array(about["landmark_days"])
rows = np.fromfile(folder / "rows.f32", np.float32).reshape(len(users), -1)
labels = np.fromfile(folder / "labels.f32", np.float32).reshape(len(users), len(heads))
read = np.array([feature["read"] for feature in about["features"]])
judged = (days % 7 == 0) & (days <= 105)
weights = np.where(days > 111, 0.5, 1.0)


def peer(columns, target, train, test):
    known = train & ~np.isnan(labels[:, target])
    model = lightgbm.LGBMClassifier(
        n_estimators=300, learning_rate=0.03, num_leaves=15, min_child_samples=100, subsample=0.8, subsample_freq=1,
        colsample_bytree=0.5, reg_lambda=5, verbose=-1, random_state=1,
    )
    model.fit(rows[known][:, columns], labels[known, target], sample_weight=weights[known])
    return model.predict_proba(rows[test][:, columns])[:, 1]


def interval(label, ours, theirs, who):
    random, people = np.random.default_rng(1), np.unique(who)
    places = {person: np.flatnonzero(who == person) for person in people}
    draws = []
    for _ in range(200):
        drawn = np.concatenate([places[person] for person in random.choice(people, len(people))])
        if label[drawn].min() < label[drawn].max():
            draws.append(roc_auc_score(label[drawn], ours[drawn]) - roc_auc_score(label[drawn], theirs[drawn]))
    return np.percentile(draws, [2.5, 97.5])


print("| target, tested on | rows | Holdfast | LightGBM, all features | LightGBM, the same features | Holdfast less the better |")
print("| --- | ---: | ---: | ---: | ---: | ---: |")
for target, head in enumerate(heads):
    for index, name in enumerate(about["tested"]):
        test_all = courses == name
        train = ~test_all & ~np.isin(users, users[test_all])
        test = test_all & judged & ~np.isnan(labels[:, target])
        label = labels[test, target]
        ours = np.fromfile(folder / f"predicted-{index}-{head}.f32", np.float32)[test[test_all]]
        peers = [peer(np.ones(len(read), bool), target, train, test), peer(read, target, train, test)]
        scores = [roc_auc_score(label, ours)] + [roc_auc_score(label, p) for p in peers]
        better = peers[int(scores[2] > scores[1])]
        low, high = interval(label, ours, better, users[test])
        difference = scores[0] - max(scores[1:])
        print(f"| {head}, {name} | {test.sum()} | " + " | ".join(f"{s:.3f}" for s in scores)
              + f" | {difference:+.3f} [{low:+.3f}, {high:+.3f}] |", flush=True)
