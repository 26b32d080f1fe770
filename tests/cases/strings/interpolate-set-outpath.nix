"${{ outPath = "p"; }}"
