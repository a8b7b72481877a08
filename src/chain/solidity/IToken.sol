// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// What the channel contracts call of a token. TIP-20 tokens revert rather than answer false.
interface IToken {
    function transfer(address to, uint256 amount) external returns (bool);
    function transferFrom(address from, address to, uint256 amount) external returns (bool);
}

library Tip20 {
    /// TIP-20 tokens have addresses with this prefix.
    function isToken(address account) internal pure returns (bool) {
        return uint160(account) >> 64 == 0x20c000000000000000000000;
    }
}

/// Contract time: the block's, moved forward by what a test asked for. The offset is written from outside into
/// slot 0, so that contract time can run ahead while transactions are still stamped with the wall clock.
abstract contract Clock {
    uint256 private _offsetSeconds; // slot 0

    uint64 public constant CLOSE_GRACE_PERIOD = 900;

    function _now() internal view returns (uint256) {
        return block.timestamp + _offsetSeconds;
    }

    /// Whether the grace period that began at `requestedAt` (0: none did) is over.
    function _graceOver(uint256 requestedAt) internal view returns (bool) {
        return requestedAt != 0 && _now() >= requestedAt + CLOSE_GRACE_PERIOD;
    }
}

/// EIP-712 digests of vouchers.
library Voucher {
    bytes32 private constant DOMAIN_TYPE =
        keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)");

    function separator(string memory name) internal view returns (bytes32) {
        return keccak256(abi.encode(DOMAIN_TYPE, keccak256(bytes(name)), keccak256("1"), block.chainid, address(this)));
    }

    function digest(bytes32 domain, bytes32 typeHash, bytes32 channelId, uint256 cumulativeAmount)
        internal
        pure
        returns (bytes32)
    {
        bytes32 structHash = keccak256(abi.encode(typeHash, channelId, cumulativeAmount));
        return keccak256(abi.encodePacked(hex"1901", domain, structHash));
    }
}
