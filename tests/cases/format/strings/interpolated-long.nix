"a ${someFunction (withArguments and more) { set = 1; }} and then ${anotherFunction [ one two three ]} to the end"
