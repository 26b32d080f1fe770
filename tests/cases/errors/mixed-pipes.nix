a: a |> a <| a
