/*
 * a
b
 */
x
