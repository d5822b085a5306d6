/** What the sources of labelled data are, for `--help` and for refusals. Apart from their readers, which take a second to load. */
export const SOURCES =
  'store (what this site keeps), moodle (what HOLDFAST_MOODLE names, read once), or oulad:DIR (files of the Open University data set, plain or .gz)';
