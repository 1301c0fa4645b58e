// The one exception of baker. It carries what went wrong and, innermost first, what was being done;
// what() is the message alone, describe() the whole story for a person.
#pragma once

#include <exception>
#include <string>
#include <utility>
#include <vector>

namespace baker {

enum class ErrorCode {
  kFailed,       // a stage or the host failed
  kInvalid,      // the command line or the pipeline is wrong
  kUnreachable,  // a source in the outside world did not answer; another one may be tried
  kInterrupted,  // the user pressed Ctrl-C
};

class Error : public std::exception {
 public:
  explicit Error(std::string message) : Error(ErrorCode::kFailed, std::move(message)) {}
  Error(ErrorCode code, std::string message) : code_(code), message_(std::move(message)) {}

  // Adds what was being done, and returns the error, to be thrown again:
  //   catch (Error& error) { throw error.during("unpacking kafka.tgz"); }
  Error& during(std::string what) {
    trace_.push_back(std::move(what));
    return *this;
  }

  ErrorCode code() const { return code_; }
  const std::vector<std::string>& trace() const { return trace_; }
  const char* what() const noexcept override { return message_.c_str(); }

  // "stage kafka: unpacking kafka.tgz: the disk is full"
  std::string describe() const {
    std::string text;
    for (auto step = trace_.rbegin(); step != trace_.rend(); ++step) text += *step + ": ";
    return text + message_;
  }

 private:
  ErrorCode code_;
  std::string message_;
  std::vector<std::string> trace_;
};

}  // namespace baker
