# Makes the virtual environment of the Python targets, once for each list of requirements.
set -e
cd "$(dirname "$0")"
home=../../../.cache/targets/x402-python
if ! cmp -s requirements.txt "$home/installed.txt"; then
  rm -rf "$home"
  python3 -m venv "$home"
  "$home/bin/pip" install --quiet --disable-pip-version-check --no-deps --requirement requirements.txt
  cp requirements.txt "$home/installed.txt"
fi
