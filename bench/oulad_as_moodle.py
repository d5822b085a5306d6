#!/usr/bin/env python3
"""OULAD's files told as Moodle would have written them, to try a whole training from a store on real students:

    python3 bench/oulad_as_moodle.py DIR | npx holdfast replay -
    npx holdfast retrain --from store

DIR: OULAD's files, plain or .gz. One line of a change a record, flattened as Debezium does it, in the order of time. A row of
studentVle becomes one logged view of its component (OULAD tells days, not times: views of a day are a minute apart, from 9:00);
a withdrawal deletes the enrolment; tutors' assignments have due dates and submissions; scores, exams and banked results are left out.
"""
import csv
import gzip
import json
import sys
from datetime import datetime, timezone
from pathlib import Path

DAY_S = 86_400
STARTS = {"B": (2, 1), "J": (10, 1)}
COMPONENTS = {
    "forumng": "mod_forum", "quiz": "mod_quiz", "externalquiz": "mod_quiz", "questionnaire": "mod_feedback", "ouwiki": "mod_wiki",
    "glossary": "mod_glossary", "url": "mod_url", "resource": "mod_resource", "oucontent": "mod_book", "page": "mod_page",
    "subpage": "mod_page", "htmlactivity": "mod_page", "folder": "mod_folder", "dataplus": "mod_data", "dualpane": "mod_page",
    "oucollaborate": "mod_bigbluebuttonbn", "ouelluminate": "mod_bigbluebuttonbn", "sharedsubpage": "mod_page", "repeatactivity": "mod_page",
}  # fmt: skip


def rows(folder, name):
    for path in (folder / f"{name}.csv", folder / f"{name}.csv.gz"):
        if path.exists():
            with (gzip.open if path.suffix == ".gz" else open)(path, "rt", newline="") as file:
                yield from csv.DictReader(file)
            return
    sys.exit(f"{folder} has no {name}.csv")


def start_of(presentation):
    month, day = STARTS[presentation[4]]
    return int(datetime(int(presentation[:4]), month, day, tzinfo=timezone.utc).timestamp())


def main(folder):
    courses = {}
    for course_id, row in enumerate(rows(folder, "courses"), start=2):
        start = start_of(row["code_presentation"])
        length = int(row["module_presentation_length"])
        courses[row["code_module"], row["code_presentation"]] = (course_id, start, start + length * DAY_S)
    changes = []
    keep = lambda time, table, row, op="c": changes.append((time, len(changes), table, op, row))
    first = min(start for _, start, _ in courses.values()) - 400 * DAY_S
    keep(first, "role", {"id": 5, "shortname": "student", "archetype": "student"})
    for (module, presentation), (course_id, start, end) in courses.items():
        name = f"{module} {presentation}"
        course = {"id": course_id, "category": 1, "shortname": name, "fullname": name, "startdate": start, "enddate": end, "visible": 1}
        keep(first, "course", {**course, "timecreated": first, "timemodified": first})
        keep(first, "context", {"id": course_id, "contextlevel": 50, "instanceid": course_id})
        keep(first, "enrol", {"id": course_id, "enrol": "manual", "status": 0, "courseid": course_id, "roleid": 5})
    students(folder, courses, keep)
    assessments(folder, courses, keep)
    views(folder, courses, keep)
    changes.sort()
    write = sys.stdout.write
    for time, _, table, op, row in changes:
        meta = {"__op": op, "__table": f"mdl_{table}", "__source_ts_ms": time * 1000, "__deleted": str(op == "d").lower()}
        write(json.dumps({**row, **meta}, separators=(",", ":")) + "\n")


def students(folder, courses, keep):
    known = set()
    for number, row in enumerate(rows(folder, "studentRegistration"), start=1):
        course_id, start, _ = courses[row["code_module"], row["code_presentation"]]
        user_id = int(row["id_student"])
        begun = start + int(row["date_registration"] or 0) * DAY_S
        if user_id not in known:
            known.add(user_id)
            keep(begun, "user", {"id": user_id, "deleted": 0, "suspended": 0, "username": f"s{user_id}", "firstname": "", "lastname": ""})
        enrolment = {"id": number, "status": 0, "enrolid": course_id, "userid": user_id, "timestart": begun, "timeend": 0}
        enrolment |= {"timecreated": begun, "timemodified": begun}
        role = {"id": number, "roleid": 5, "contextid": course_id, "userid": user_id, "timemodified": begun}
        keep(begun, "user_enrolments", enrolment)
        keep(begun, "role_assignments", role)
        if row["date_unregistration"]:
            left = max(begun + 1, start + int(row["date_unregistration"]) * DAY_S)
            keep(left, "role_assignments", role, "d")
            keep(left, "user_enrolments", enrolment, "d")


def assessments(folder, courses, keep):
    tasks = {}
    for row in rows(folder, "assessments"):
        if row["assessment_type"] == "Exam" or not row["date"]:
            continue
        course_id, start, _ = courses[row["code_module"], row["code_presentation"]]
        tasks[row["id_assessment"]] = start
        due = start + (int(row["date"]) + 1) * DAY_S - 1
        task = {"id": int(row["id_assessment"]), "course": course_id, "name": row["assessment_type"], "duedate": due}
        keep(start - 60 * DAY_S, "assign", {**task, "allowsubmissionsfromdate": 0, "grade": 100, "nosubmissions": 0})
    for number, row in enumerate(rows(folder, "studentAssessment"), start=1):
        start = tasks.get(row["id_assessment"])
        if start is None or row["is_banked"] in ("1", "True"):
            continue
        time = start + int(row["date_submitted"]) * DAY_S + 12 * 3600
        submission = {"id": number, "assignment": int(row["id_assessment"]), "userid": int(row["id_student"]), "status": "submitted"}
        keep(time, "assign_submission", {**submission, "timecreated": time, "timemodified": time, "attemptnumber": 0, "latest": 1})


def views(folder, courses, keep):
    kinds = {row["id_site"]: row["activity_type"] for row in rows(folder, "vle")}
    seen = {}
    for number, row in enumerate(rows(folder, "studentVle"), start=1):
        course_id, start, _ = courses[row["code_module"], row["code_presentation"]]
        day = start + int(row["date"]) * DAY_S
        nth = seen[row["id_student"], day] = seen.get((row["id_student"], day), -1) + 1
        time = day + 9 * 3600 + min(nth, 700) * 60
        component = COMPONENTS.get(kinds[row["id_site"]], "core")
        keep(time, "logstore_standard_log", view(number, int(row["id_student"]), course_id, time, component))
    # Somebody looks at the front page a week later: the site's clock has then passed the end of every course.
    later = max(end for _, _, end in courses.values()) + 7 * DAY_S
    keep(later, "logstore_standard_log", view(number + 1, int(row["id_student"]), 1, later, "core"))


def view(log_id, user_id, course_id, time, component):
    module = component != "core"
    return {
        "id": log_id, "eventname": f"\\{component}\\event\\course_{'module_' if module else ''}viewed", "component": component,
        "action": "viewed", "target": "course_module" if module else "course", "crud": "r", "edulevel": 2, "contextid": course_id,
        "contextlevel": 70 if module else 50, "contextinstanceid": course_id, "userid": user_id, "courseid": course_id,
        "relateduserid": None, "anonymous": 0, "other": "null", "timecreated": time, "origin": "web", "realuserid": None,
    }  # fmt: skip


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(Path(sys.argv[1]))
