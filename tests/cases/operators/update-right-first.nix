throw "left" // throw "right"
