(import ../../../corpus/web-server).drvPath
