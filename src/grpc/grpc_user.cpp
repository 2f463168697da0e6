#include <cppworker/exception.hpp>
#include <cppworker/grpc_user.hpp>

namespace cppworker {

GrpcUser::GrpcUser() = default;
GrpcUser::~GrpcUser() = default;

GrpcClient& GrpcUser::client() {
  if (client_ == nullptr) {
    if (base_host().empty()) {
      throw Error(
          "You must specify the base host. Either in the host attribute in the User class, or on "
          "the command line using the --host option.");
    }
    client_ = std::make_unique<GrpcClient>(environment(), base_host(), this, grpc_settings());
  }
  return *client_;
}

namespace detail {

void finish_grpc_frame(std::string& frame, bool is_complete) {
  if (!is_complete) {
    throw std::invalid_argument("the request can't be serialized: set its required fields");
  }
  const std::size_t size = frame.size() - kGrpcFrameHead;
  if (size > 0xFFFFFFFF) {
    throw std::invalid_argument("the request is larger than 4 GiB");
  }
  for (std::size_t i = 0; i < 4; ++i) {
    frame[kGrpcFrameHead - 1 - i] = static_cast<char>(static_cast<unsigned char>(size >> 8 * i));
  }
}

}  // namespace detail

}  // namespace cppworker
