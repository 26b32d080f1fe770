a <| b <| c x
