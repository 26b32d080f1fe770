// Compiles the header alone, so that it stays self-contained.
#include "base/result.h"
