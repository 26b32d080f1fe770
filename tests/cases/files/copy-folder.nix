"${./fixtures/folder}"
