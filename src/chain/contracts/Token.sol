// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// A token with the rules of src/channel/token.ts that need no registry, for nodes without TIP-20 tokens: balances,
/// allowances where 2^256 - 1 is never used up, six decimals, TIP-20's errors. Anyone may mint: it is for tests.
contract Token {
    event Transfer(address indexed from, address indexed to, uint256 amount);
    event TransferWithMemo(address indexed from, address indexed to, uint256 amount, bytes32 indexed memo);
    event Approval(address indexed owner, address indexed spender, uint256 amount);

    error InsufficientBalance(uint256 available, uint256 required, address token);
    error InsufficientAllowance();
    error InvalidRecipient();

    string public constant name = "pathUSD";
    string public constant symbol = "pathUSD";
    string public constant currency = "USD";
    uint8 public constant decimals = 6;
    bool public constant paused = false;

    uint256 public totalSupply;
    mapping(address => uint256) public balanceOf;
    mapping(address => mapping(address => uint256)) public allowance;

    function mint(address to, uint256 amount) external {
        totalSupply += amount;
        balanceOf[to] += amount;
        emit Transfer(address(0), to, amount);
    }

    function approve(address spender, uint256 amount) external returns (bool) {
        allowance[msg.sender][spender] = amount;
        emit Approval(msg.sender, spender, amount);
        return true;
    }

    function transfer(address to, uint256 amount) external returns (bool) {
        _transfer(msg.sender, to, amount);
        return true;
    }

    function transferWithMemo(address to, uint256 amount, bytes32 memo) external {
        _transfer(msg.sender, to, amount);
        emit TransferWithMemo(msg.sender, to, amount, memo);
    }

    function transferFrom(address from, address to, uint256 amount) external returns (bool) {
        _checkRecipient(to);
        uint256 allowed = allowance[from][msg.sender];
        if (allowed < amount) revert InsufficientAllowance();
        if (allowed != type(uint256).max) allowance[from][msg.sender] = allowed - amount;
        _transfer(from, to, amount);
        return true;
    }

    function _checkRecipient(address to) private pure {
        if (to == address(0) || uint160(to) >> 64 == 0x20c000000000000000000000) revert InvalidRecipient();
    }

    function _transfer(address from, address to, uint256 amount) private {
        _checkRecipient(to);
        uint256 available = balanceOf[from];
        if (available < amount) revert InsufficientBalance(available, amount, address(this));
        unchecked {
            balanceOf[from] = available - amount;
            balanceOf[to] += amount;
        }
        emit Transfer(from, to, amount);
    }
}
