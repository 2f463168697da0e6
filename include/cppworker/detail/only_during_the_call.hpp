#pragma once

namespace cppworker::detail {

/// A member of what the library hands to an author's function: it makes a copy a compile error, as
/// the views and references beside it end with the call.
struct OnlyDuringTheCall {
  OnlyDuringTheCall() = default;
  ~OnlyDuringTheCall() = default;
  // The compiler shows these lines to an author who copies.
  OnlyDuringTheCall(const OnlyDuringTheCall&) = delete;  // take it by reference; copy single fields
  OnlyDuringTheCall& operator=(const OnlyDuringTheCall&) = delete;  // copy single fields
};

}  // namespace cppworker::detail
