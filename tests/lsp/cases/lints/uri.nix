[ https://example.org/a ]
# ^^^^^^^^^^^^^^^^^^^^^ diag: L010
