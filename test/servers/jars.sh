#!/usr/bin/env bash
# jars.sh PROFILE: prints the folder that holds the jars of that profile of pom.xml, fetched once from Maven Central.
# The cache is outside the repository, and where any user may read it: Elasticsearch refuses to run as root.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cache=${HOLDFAST_TEST_CACHE:-${TMPDIR:-/tmp}/holdfast-test-servers}
mkdir -p "$cache" && chmod a+rx "$cache"
folder="$cache/$1"
# Suites run side by side: one fetches, the others wait for it.
exec 9> "$cache/$1.lock"
flock 9
if [ ! -f "$folder/.complete" ]; then
  mvn -q -B -f "$here/pom.xml" dependency:copy-dependencies -P"$1" -DincludeScope=runtime -DoutputDirectory="$folder" >&2
  touch "$folder/.complete"
fi
echo "$folder"
