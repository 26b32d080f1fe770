{ services.very.deeply.nested.option.path = someFunction someArgument anotherArgument yetAnotherArgument oneMore; }
