#!/bin/sh
# Before nginx starts: the one login of the page, from the environment, into memory that goes with the container.
set -eu
case "$PAGE_USER$PAGE_PASSWORD" in
  *[!A-Za-z0-9._-]* | '')
    echo 'PAGE_USER and PAGE_PASSWORD must be letters, digits, dots, hyphens and underscores' >&2
    exit 1
    ;;
esac
umask 077
printf '%s:{PLAIN}%s\n' "$PAGE_USER" "$PAGE_PASSWORD" > "${PASSWORD_FILE:-/tmp/page.htpasswd}"
