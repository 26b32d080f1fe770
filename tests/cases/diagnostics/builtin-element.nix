builtins.concatStringsSep ", " [
  "alice"
  null
]
