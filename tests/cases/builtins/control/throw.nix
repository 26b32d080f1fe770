throw "some words"
