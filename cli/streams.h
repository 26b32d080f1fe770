// Standard input, output and error as whoever called left them: any may be closed, or take nothing.
//
// After prepare_streams no `fwrite` and no `fmt::print` to stdout or stderr fails or throws. What standard output did not take
// is noted and told at the end; a message that standard error did not take is no failure: nobody could be told.
#pragma once

namespace evalctl::cli {

// Also takes the numbers of closed streams, so that no file gets one of them: reading and writing there fails as it did.
void prepare_streams();

// Writes out what was printed. Whether standard output has refused something since the start, or since it was replaced.
bool output_failed();
void output_was_replaced();

// Writes out what was printed. Returns `status`, or 1 if that is less and standard output did not take all, after a message.
int flush_output(int status);

}  // namespace evalctl::cli
