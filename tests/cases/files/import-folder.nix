import ./fixtures/folder
