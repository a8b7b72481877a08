/** ABI of a TIP-20 token, as far as payers, payees and SDKs call it. */
import { contractAbi } from './abi.ts'

export const abi = contractAbi([
  'function name() view returns (string)',
  'function symbol() view returns (string)',
  'function decimals() view returns (uint8)',
  'function currency() view returns (string)',
  'function paused() view returns (bool)',
  'function totalSupply() view returns (uint256)',
  'function balanceOf(address account) view returns (uint256)',
  'function allowance(address owner, address spender) view returns (uint256)',
  'function transfer(address to, uint256 amount) returns (bool)',
  'function transferWithMemo(address to, uint256 amount, bytes32 memo)',
  'function transferFrom(address from, address to, uint256 amount) returns (bool)',
  'function approve(address spender, uint256 amount) returns (bool)',
  'event Transfer(address indexed from, address indexed to, uint256 amount)',
  'event TransferWithMemo(address indexed from, address indexed to, uint256 amount, bytes32 indexed memo)',
  'event Approval(address indexed owner, address indexed spender, uint256 amount)',
  'error InsufficientBalance(uint256 available, uint256 required, address token)',
  'error InsufficientAllowance()',
  'error InvalidRecipient()',
  'error PolicyForbids()',
  'error ContractPaused()',
])
