// A terminal to look at: a real pty, and a screen that understands what a live view needs.
#pragma once

#include <gtest/gtest.h>
#include <pty.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <system_error>
#include <vector>

namespace baker::testing {

class VirtualTerminal {
 public:
  VirtualTerminal(unsigned short rows, unsigned short columns) : rows_(rows), columns_(columns) {
    winsize size{rows, columns, 0, 0};
    int slave = -1;
    if (openpty(&master_, &slave, nullptr, nullptr, &size) != 0) {
      throw std::system_error(errno, std::generic_category(), "openpty");
    }
    program_ = fdopen(slave, "w");
  }
  ~VirtualTerminal() {
    fclose(program_);
    close(master_);
  }
  VirtualTerminal(const VirtualTerminal&) = delete;
  VirtualTerminal& operator=(const VirtualTerminal&) = delete;

  FILE* program() const { return program_; }  // what a program has as its standard output

  // Everything ever shown, top first, without empty lines at the end; what scrolled away is kept.
  std::vector<std::string> lines() {
    read_all();
    std::vector<std::string> shown;
    for (const std::vector<std::string>& line : lines_) {
      shown.emplace_back();
      for (const std::string& cell : line) shown.back() += cell;
      while (shown.back().ends_with(' ')) shown.back().pop_back();
    }
    while (!shown.empty() && shown.back().empty()) shown.pop_back();
    return shown;
  }
  bool cursor_is_shown() {
    read_all();
    return cursor_shown_;
  }
  // The bytes as they came, with what colours and moves.
  const std::string& raw() {
    read_all();
    return raw_;
  }

 private:
  static constexpr char kMark = '\x05';

  // The kernel hands over what was written a moment later: a mark tells when all is here.
  void read_all() {
    fputc(kMark, program_);
    fflush(program_);
    while (!raw_.ends_with(kMark)) {
      char part[4096];
      const ssize_t got = read(master_, part, sizeof part);
      if (got <= 0) throw std::system_error(errno, std::generic_category(), "read of a terminal");
      raw_.append(part, static_cast<size_t>(got));
    }
    raw_.pop_back();
    while (shown_ < raw_.size()) show_next();
  }

  void show_next() {
    const char byte = raw_[shown_];
    if (byte == '\x1b') return obey_sequence();
    if (byte == '\r') {
      column_ = 0;
      ++shown_;
    } else if (byte == '\n') {
      ++row_;
      ++shown_;
    } else {
      size_t length = 1;
      while (shown_ + length < raw_.size() && (raw_[shown_ + length] & 0xC0) == 0x80) ++length;
      put(raw_.substr(shown_, length));
      shown_ += length;
    }
    if (lines_.size() < row_ + 1) lines_.resize(row_ + 1);
  }

  void put(const std::string& character) {
    if (column_ == columns_) {
      column_ = 0;
      ++row_;
    }
    if (lines_.size() < row_ + 1) lines_.resize(row_ + 1);
    std::vector<std::string>& line = lines_[row_];
    if (line.size() < column_ + 1) line.resize(column_ + 1, " ");
    line[column_++] = character;
  }

  void obey_sequence() {
    const size_t end = raw_.find_first_of("AJhlm", shown_);
    if (end == std::string::npos || raw_[shown_ + 1] != '[') {
      ADD_FAILURE() << "a sequence that this terminal does not know";
      shown_ = raw_.size();
      return;
    }
    const std::string parameters = raw_.substr(shown_ + 2, end - shown_ - 2);
    if (raw_[end] == 'A') move_up(std::strtoul(parameters.c_str(), nullptr, 10));
    if (raw_[end] == 'J') erase_below();
    if (parameters == "?25") cursor_shown_ = raw_[end] == 'h';
    shown_ = end + 1;
  }

  void move_up(size_t count) {
    const size_t top = lines_.size() > rows_ ? lines_.size() - rows_ : 0;
    row_ = row_ < top + count ? top : row_ - count;
  }

  void erase_below() {
    lines_[row_].resize(std::min(lines_[row_].size(), column_));
    for (size_t i = row_ + 1; i < lines_.size(); ++i) lines_[i].clear();
  }

  size_t rows_;
  size_t columns_;
  int master_ = -1;
  FILE* program_ = nullptr;
  std::string raw_;
  size_t shown_ = 0;  // bytes of raw_ that are on the screen
  std::vector<std::vector<std::string>> lines_ = {{}};
  size_t row_ = 0;
  size_t column_ = 0;
  bool cursor_shown_ = true;
};

}  // namespace baker::testing
