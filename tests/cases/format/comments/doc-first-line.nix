/** a
    b
*/
x
