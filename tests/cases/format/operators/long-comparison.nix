someVeryLongAttributePath.to.a.value.that.is.long == anotherVeryLongAttributePath.to.a.value.that.is.long.too
