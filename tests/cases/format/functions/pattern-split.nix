{a
,b
}:a
