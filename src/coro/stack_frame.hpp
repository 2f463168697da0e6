#pragma once

/// Gives a function a stack frame of its own, never inlined into its caller's.
///
/// Users wait within their tasks, and all frames of a waiting user's stack have to come back into
/// the processor's cache before it goes on. An inlined function enlarges its caller's frame by its
/// local variables for the whole time, even if it is called rarely, or only after the wait. So put
/// this on functions with large local variables that the code around a wait calls:
/// - of rare cases (errors, checks, listeners), so that the usual case keeps a small frame;
/// - of what follows the wait: their frame lies where that of the wait was.
#define CPPWORKER_OWN_FRAME [[gnu::noinline]]
