# What build commands can rely on. Read by sh, before anything of the package runs.
export LC_ALL=C TZ=UTC HOME=/homeless-shelter SOURCE_DATE_EPOCH=1
umask 022

PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin
for input in ${buildInputs-} ${propagatedBuildInputs-} ${nativeBuildInputs-}; do
  if [ -d "$input/bin" ]; then PATH=$input/bin:$PATH; fi
done
export PATH

# Runs the commands in the variable of that name, such as preBuild.
runHook() {
  eval "hook=\${$1-}"
  eval "$hook"
}

# substituteInPlace FILE --replace FROM TO …: replaces all places; it is an error if there is none.
substituteInPlace() {
  file=$1
  shift
  while [ $# -ge 3 ]; do
    /usr/bin/python3 - "$file" "$2" "$3" << 'END'
import pathlib, sys
path, old, new = pathlib.Path(sys.argv[1]), sys.argv[2], sys.argv[3]
text = path.read_text()
if old not in text:
    sys.exit(f"substituteInPlace: {path} does not contain {old!r}")
path.write_text(text.replace(old, new))
END
    shift 3
  done
}
