{
 a = "${toString 1}${{ }}";
#                    ^^^ diag: E016
}
