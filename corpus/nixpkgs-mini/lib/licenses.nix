# Licences that `meta.license` may name.
{ lib }:
builtins.mapAttrs (name: spdx: { shortName = name; spdxId = spdx; free = spdx != null; }) {
  mit = "MIT";
  bsd2 = "BSD-2-Clause";
  bsd3 = "BSD-3-Clause";
  asl20 = "Apache-2.0";
  gpl3Plus = "GPL-3.0-or-later";
  postgresql = "PostgreSQL";
  unfree = null;
}
