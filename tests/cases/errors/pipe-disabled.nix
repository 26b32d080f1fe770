a: a |> a
