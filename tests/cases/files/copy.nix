"${./fixtures/a.txt}"
