if someCondition && anotherCondition then someFunction withSome arguments else anotherFunction withOther arguments here
