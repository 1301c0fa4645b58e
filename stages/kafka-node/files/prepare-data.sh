if [ -d @DATA@/lost+found ]; then # of a disk; Kafka takes every folder for a partition's
  rmdir @DATA@/lost+found
fi
[ ! -e @DATA@/meta.properties ] || exit 0
other=$(find @DATA@ -mindepth 1 -maxdepth 1 ! -name bootstrap.checkpoint ! -name 'meta.properties*')
if [ -n "$other" ]; then
  echo "@DATA@ has files and no meta.properties: it is not the whole of a node's data. Put back" \
    "what is missing, or empty it: $other" >&2
  exit 1
fi
