# The text of the derivation has the system as it is.
[ (derivation { name = "a"; system = "a\nb\"c\\d"; builder = "b"; }).drvPath (derivation { name = "a"; system = "a\nb"; builder = "b"; __structuredAttrs = true; }).drvPath ]
