#pragma once

namespace cppworker::detail {

/// A member of the structs that the library passes to an author's function. It makes copying them a
/// compile error, because their views and references are valid only during the call.
struct OnlyDuringTheCall {
  OnlyDuringTheCall() = default;
  ~OnlyDuringTheCall() = default;
  // The compiler shows these lines to an author who copies.
  OnlyDuringTheCall(const OnlyDuringTheCall&) = delete;  // take it by reference; copy single fields
  OnlyDuringTheCall& operator=(const OnlyDuringTheCall&) = delete;  // copy single fields
};

}  // namespace cppworker::detail
