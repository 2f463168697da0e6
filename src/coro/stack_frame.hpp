#pragma once

/// Gives a function its own stack frame: it is never inlined into its caller.
///
/// Users wait inside their tasks, and all frames of a waiting user's stack must be loaded into the
/// CPU cache before the user continues. An inlined function enlarges its caller's frame by its
/// local variables for the whole time, even if it is called rarely, or only after the wait. So use
/// this for functions with large local variables that are called around a wait:
/// - for rare cases (errors, checks, listeners), so that the usual case keeps a small frame;
/// - after the wait: their frame reuses the place of the wait's frame.
#define CPPWORKER_OWN_FRAME [[gnu::noinline]]
