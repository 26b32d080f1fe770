{ a = throw "inner"; }.a.b or 3
